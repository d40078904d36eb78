void Promise.all([import('../../mount.ts'), import('./Invite.svelte')]).then(([{ island }, part]) => island('invite', part.default))
