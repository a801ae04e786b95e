import { expect, ready, test } from './guarded'

test.describe('login', () => {
  test.use({ storageState: { cookies: [], origins: [] } })

  test('a one-time link sets a password, which then logs in; the link works once', async ({ page, faults }) => {
    await page.goto('/large.example?period=7d')
    await expect(page).toHaveURL(/\/login\?next=/)
    await page.goto(ready.spare)
    await page.getByText('or choose a password first').click()
    await page.getByLabel('New password').fill('snow on the fjord')
    await page.getByLabel('The same once more').fill('snow on the fjord')
    await page.getByRole('button', { name: 'Set the password' }).click()
    await expect(page.getByRole('heading', { name: 'Sites' })).toBeVisible()
    await page.locator('.account > summary').click()
    await page.getByRole('button', { name: 'Log out' }).click()
    await expect(page.getByText('You are logged out.')).toBeVisible()

    await page.goto('/large.example?period=7d')
    await page.getByLabel('User or e-mail').fill('ola')
    await page.getByLabel('Password').fill('wrong password')
    await page.getByRole('button', { name: 'Log in' }).click()
    await expect(page.getByRole('alert')).toHaveText('User or password is not right.')
    await expect(page.getByLabel('Password')).toBeFocused()
    await page.getByLabel('Password').fill('snow on the fjord')
    await page.keyboard.press('Enter')
    await expect(page).toHaveURL(/\/large\.example\?period=7d$/)
    await expect(page.locator('#figure-visitors')).toBeVisible()

    await page.goto(ready.spare)
    await expect(page.getByRole('heading', { name: 'This link has been used' })).toBeVisible()
    expect(faults.splice(0)).toHaveLength(2) // the browser names 401 and 410 in its console
  })
})
