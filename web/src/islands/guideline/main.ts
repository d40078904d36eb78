void Promise.all([import('../../mount.ts'), import('./Guideline.svelte')]).then(([{ island }, part]) => island('guideline', part.default, '.before'))
