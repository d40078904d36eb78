// What happens to money, data and undo was written by the server and stays above the button.
void Promise.all([import('../../mount.ts'), import('./Buy.svelte')]).then(([{ island }, part]) => island('buy', part.default, '.before'))
