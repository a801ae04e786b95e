// The pictures of docs/dashboards.md: `make screenshots`. The same server as the tests', whose clock stands at half past two and whose history has a seed.
import { defineConfig } from '@playwright/test'
import base from './playwright.config'

export default defineConfig(base, { testMatch: 'screenshots.ts', workers: 1, timeout: 60_000, outputDir: '../../test-results/screenshots' })
