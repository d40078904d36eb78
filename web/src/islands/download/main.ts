void Promise.all([import('../../mount.ts'), import('./Download.svelte')]).then(([{ island }, part]) => island('download', part.default))
