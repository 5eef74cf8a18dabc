// A refresh does not disturb what the user is doing.

import { register } from '../support/account';
import { PATHS, requestCount } from '../support/requests';
import { expect, test } from '../support/test';

// The elements that the test adds have inline styles.
test.use({ bypassCSP: true, viewport: { width: 800, height: 400 } });

declare global {
  interface Window {
    running: Animation;
  }
}

/** Sets up a half-filled form, an open dialog, a scroll position and a long transition.
 *  Runs in the page. */
function setUp(): void {
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

/** Returns the current state of all of them. Runs in the page. */
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

test('forms, dialogs, scrolling and transitions are not disturbed', async ({ page, startServer }) => {
  const server = await startServer({
    PORTCULLIS_ACCESS_LIFETIME: '24s',
    PORTCULLIS_REPLAY_WINDOW: '6s',
  });
  await register(page, server.url);
  await page.evaluate(setUp);
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
  await expect(page.getByTestId('rotations')).toHaveText('1', { timeout: 30_000 });
  expect(requestCount(server, PATHS.refresh)).toBe(1);
  expect(await page.evaluate(state)).toEqual(before);
});
