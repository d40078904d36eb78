void Promise.all([import('../../mount.ts'), import('./Appeal.svelte')]).then(([{ island }, part]) => island('appeal', part.default, '.before'))
