import { expect, test } from '../support/test';

test('the server responds to a health check', async ({ request }) => {
  const response = await request.get('/healthz');
  expect(response.status()).toBe(200);
});
