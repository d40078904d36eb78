void Promise.all([import('../../mount.ts'), import('./Bid.svelte')]).then(([{ island }, part]) => island('bid', part.default, '.before'))
