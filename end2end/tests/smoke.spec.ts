import { expect, test } from '../support/test';

test('the server says that it is alive', async ({ request }) => {
  const answer = await request.get('/healthz');
  expect(answer.status()).toBe(200);
});
