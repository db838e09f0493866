// The types of install-browsers.js, which is JavaScript because the test runner imports it.

/** Chromium and chromedriver; gives the chromedriver. */
export function installChromium(): Promise<string>;

/** Firefox and geckodriver; gives the geckodriver. */
export function installFirefox(): Promise<string>;

/** WebKitGTK, Xvfb and WebKitWebDriver; gives the driver. */
export function installWebKit(): Promise<string>;
