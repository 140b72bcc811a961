// Wakes the islands of a page, outer ones first. Leptos' own script waits for a promise at every
// element of the page, which takes a third of a second on a phone where a list has a thousand rows.
import init, * as islands from './launch-ready.js';

await init({ module_or_path: new URL('launch-ready.wasm', import.meta.url) });
islands.hydrate();
for (const island of document.querySelectorAll('leptos-island')) islands[island.dataset.component](island);
