void Promise.all([import('../../mount.ts'), import('./Sell.svelte')]).then(([{ island }, part]) => island('sell', part.default))
