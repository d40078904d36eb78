void Promise.all([import('../../mount.ts'), import('./Buy.svelte')]).then(([{ island }, part]) => island('buy', part.default))
