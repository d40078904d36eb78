void Promise.all([import('../../mount.ts'), import('./Collect.svelte')]).then(([{ island }, part]) => island('collect', part.default, '.before'))
