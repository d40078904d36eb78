void Promise.all([import('../../mount.ts'), import('./Fund.svelte')]).then(([{ island }, part]) => island('fund', part.default))
