import { svelte } from '@sveltejs/vite-plugin-svelte'
import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { defineConfig } from 'vite'

const islands = resolve(import.meta.dirname, 'src/islands')
const names = readdirSync(islands, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort()

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  publicDir: false,
  plugins: [svelte({ configFile: false, compilerOptions: { css: 'external', runes: true } })],
  build: {
    outDir: process.env['HAKARI_ISLANDS_OUT'] ?? resolve(import.meta.dirname, '../src/hakari/doors/web/static/islands'),
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: false,
    // One stylesheet for all islands: the page links it, so nothing flashes and no script writes styles.
    cssCodeSplit: false,
    reportCompressedSize: false,
    rollupOptions: {
      input: Object.fromEntries(names.map((name) => [name, resolve(islands, name, 'main.ts')])),
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: 'parts/[name]-[hash].js',
        assetFileNames: (asset) => (asset.names[0]?.endsWith('.css') ? 'islands.css' : 'parts/[name]-[hash][extname]'),
      },
    },
  },
})
