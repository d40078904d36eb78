void Promise.all([import('../../mount.ts'), import('./Workspace.svelte')]).then(([{ island }, part]) => island('workspace', part.default))
