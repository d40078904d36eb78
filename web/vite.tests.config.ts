import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { defineConfig } from 'vite'

// The library's tests run in Node as they are; Node 20 can't read TypeScript, so they are bundled first.
const folder = resolve(import.meta.dirname, 'tests')
const tests = readdirSync(folder).filter((name) => name.endsWith('.test.ts'))

export default defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  logLevel: 'warn',
  build: {
    ssr: true,
    outDir: process.env['HAKARI_ISLANDS_TESTS'] ?? resolve(import.meta.dirname, '.tests'),
    emptyOutDir: true,
    target: 'node20',
    reportCompressedSize: false,
    rollupOptions: {
      input: Object.fromEntries(tests.map((name) => [name.replace(/\.ts$/, ''), resolve(folder, name)])),
      output: { entryFileNames: '[name].mjs', chunkFileNames: 'parts/[name]-[hash].mjs' },
    },
  },
})
