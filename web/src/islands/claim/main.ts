void Promise.all([import('../../mount.ts'), import('./Claim.svelte')]).then(([{ island }, part]) => island('claim', part.default))
