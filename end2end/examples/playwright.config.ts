// Tests the Leptos example in Chromium.

import base from '../playwright.config';

export default { ...base, testDir: '.', workers: 1 };
