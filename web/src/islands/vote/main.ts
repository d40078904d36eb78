void Promise.all([import('../../mount.ts'), import('./Vote.svelte')]).then(([{ island }, part]) => island('vote', part.default))
