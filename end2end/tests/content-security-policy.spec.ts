// The Content-Security-Policy of each page, as Google's CSP Evaluator judges it.

import { CspEvaluator } from 'csp_evaluator/dist/evaluator';
import { Severity } from 'csp_evaluator/dist/finding';
import { CspParser } from 'csp_evaluator/dist/parser';

import { register } from '../support/account';
import { expect, test } from '../support/test';

/** Returns the findings that are not only possible ones of medium severity. */
function findings(policy: string): string[] {
  const found = new CspEvaluator(new CspParser(policy).csp).evaluate();
  return found
    .filter(({ severity }) => severity < Severity.STRICT_CSP)
    .map(({ directive, value, description }) => `${directive} ${value}: ${description}`);
}

test('the policy of each page has no finding of high severity', async ({ page, server }) => {
  const policies = new Map<string, string>();
  const load = async (path: string) => {
    const response = await page.goto(server.url + path);
    policies.set(path, (await response?.headerValue('content-security-policy')) ?? '');
  };
  for (const path of ['/', '/login', '/register', '/nowhere']) await load(path);
  await register(page, server.url);
  for (const path of ['/account', '/account/sessions', '/account/security', '/admin']) await load(path);
  expect(policies.size).toBe(8);
  for (const [path, policy] of policies) {
    expect(policy, path).toContain("script-src 'self' 'wasm-unsafe-eval' 'nonce-");
    expect(findings(policy), path).toEqual([]);
  }

  const weak = policies.get('/')!.replace("script-src 'self'", 'script-src https:');
  expect(findings(weak).join()).toContain('https:');
  expect(findings(policies.get('/')!.replace("base-uri 'none'", '')).join()).toContain('base-uri');
});
