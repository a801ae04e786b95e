import { defineConfig } from '@playwright/test'

// `npx playwright test -c script/test`. The system's Chromium, and every host name of the tests is this machine: pages
// are real http://example.org pages, only the port differs.
export default defineConfig({
  testDir: '.',
  outputDir: '../../test-results/script',
  fullyParallel: true,
  workers: 3, // most tests wait more than they work
  timeout: 20_000,
  expect: { timeout: 5_000 },
  reporter: process.env.CI ? 'dot' : 'list',
  use: {
    viewport: { width: 1000, height: 800 },
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--host-resolver-rules=MAP *.org 127.0.0.1, MAP *.example 127.0.0.1',
      ],
    },
  },
})
