// The version menu: closes on Escape and when the focus or a click is elsewhere, and keeps the place in the page.

const menu = document.querySelector<HTMLDetailsElement>('#versions');

function closeUnlessWithin(target: EventTarget | null): void {
  if (menu?.open && !(target instanceof Node && menu.contains(target))) menu.open = false;
}

if (menu) {
  document.addEventListener('click', ({ target }) => closeUnlessWithin(target));
  document.addEventListener('focusin', ({ target }) => closeUnlessWithin(target));
  menu.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape' || !menu.open) return;
    menu.open = false;
    menu.querySelector('summary')?.focus();
  });
  // Versions share most of their sections. Where one is missing, the page opens at its top.
  menu.addEventListener('click', ({ target }) => {
    const link = target instanceof Element ? target.closest('a') : null;
    if (link && !link.hash && !link.href.includes('changelog')) link.hash = location.hash;
  });
}
