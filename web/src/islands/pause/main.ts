void Promise.all([import('../../mount.ts'), import('./Pause.svelte')]).then(([{ island }, part]) => island('pause', part.default, '.before'))
