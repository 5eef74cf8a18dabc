// The example of a Leptos application, in Chromium.

import base from '../playwright.config';

export default { ...base, testDir: '.', workers: 1 };
