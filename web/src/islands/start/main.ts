void Promise.all([import('../../mount.ts'), import('./Start.svelte')]).then(([{ island }, part]) => island('start', part.default))
