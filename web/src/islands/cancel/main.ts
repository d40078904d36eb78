void Promise.all([import('../../mount.ts'), import('./Cancel.svelte')]).then(([{ island }, part]) => island('cancel', part.default))
