// A renewal happens beside whatever a person is doing, and touches none of it.

import { register } from '../support/account';
import { PATHS, answered } from '../support/requests';
import { expect, test } from '../support/test';

// What is put into the page for the test has styles of its own.
test.use({ bypassCSP: true, viewport: { width: 800, height: 400 } });

declare global {
  interface Window {
    running: Animation;
  }
}

/** Runs in the page: a form half filled in, an open dialog, a place that was
 *  scrolled to, a transition that takes long. */
function busy(): void {
  document.querySelector('main')!.insertAdjacentHTML(
    'beforeend',
    `<form id="half"><input name="a" value=""></form>
     <dialog id="open"><input name="b"></dialog>
     <div id="moves" style="width: 10px; transition: width 600s linear">moves</div>
     <div style="height: 2000px">long</div>`,
  );
  const dialog = document.querySelector<HTMLDialogElement>('#open')!;
  dialog.showModal();
  document.querySelector<HTMLInputElement>('#half input')!.value = 'half written';
  const field = dialog.querySelector('input')!;
  field.value = 'being written';
  field.focus();
  field.setSelectionRange(2, 5);
  const moves = document.querySelector<HTMLElement>('#moves')!;
  void moves.offsetWidth;
  moves.style.width = '500px';
  [window.running] = moves.getAnimations();
  window.scrollTo(0, 321);
}

/** Runs in the page: all of that, as it is now. */
function state(): object {
  const dialog = document.querySelector<HTMLDialogElement>('#open')!;
  const field = dialog.querySelector('input')!;
  return {
    form: document.querySelector<HTMLInputElement>('#half input')!.value,
    isOpen: dialog.open && dialog.matches(':modal'),
    field: field.value,
    hasFocus: document.activeElement === field,
    selection: [field.selectionStart, field.selectionEnd],
    scrolled: window.scrollY,
    transition: window.running.playState,
  };
}

test('a form, a dialog, a scroll position and a transition are left alone', async ({ page, startServer }) => {
  const server = await startServer({
    PORTCULLIS_ACCESS_LIFETIME: '24s',
    PORTCULLIS_REPLAY_WINDOW: '6s',
  });
  await register(page, server.url);
  await page.evaluate(busy);
  const before = await page.evaluate(state);
  expect(before).toEqual({
    form: 'half written',
    isOpen: true,
    field: 'being written',
    hasFocus: true,
    selection: [2, 5],
    scrolled: 321,
    transition: 'running',
  });
  await expect(page.getByTestId('renewals')).toHaveText('1', { timeout: 30_000 });
  expect(answered(server, PATHS.refresh)).toBe(1);
  expect(await page.evaluate(state)).toEqual(before);
});
