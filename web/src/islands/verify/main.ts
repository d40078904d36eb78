void Promise.all([import('../../mount.ts'), import('./Verify.svelte')]).then(([{ island }, part]) => island('verify', part.default))
