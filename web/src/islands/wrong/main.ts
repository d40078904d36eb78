void Promise.all([import('../../mount.ts'), import('./Wrong.svelte')]).then(([{ island }, part]) => island('wrong', part.default, '.before'))
