// Adds what Redoc lacks: keyboard control of its menus (ARIA menu button pattern), and a light theme for print.

const BUTTON = '[aria-haspopup="menu"]';

/** The items of the open menu. Those of other menus are hidden or absent. */
function openItems(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('[role="menu"] [role="menuitem"]')].filter(
    (item) => item.checkVisibility({ visibilityProperty: true }) && item.getClientRects().length > 0,
  );
}

let opener: HTMLElement | undefined;

/** Waits for the items: Redoc opens a menu on the click that follows the key, some frames later. */
function enterMenu(button: HTMLElement, frames = 30): void {
  opener = button;
  const [first] = openItems();
  if (first) first.focus();
  else if (frames > 0) requestAnimationFrame(() => enterMenu(button, frames - 1));
}

function moveInMenu(event: KeyboardEvent, item: HTMLElement): void {
  const items = openItems();
  const index = items.indexOf(item);
  const targets: Record<string, HTMLElement | undefined> = {
    ArrowDown: items[(index + 1) % items.length],
    ArrowUp: items[(index - 1 + items.length) % items.length],
    Home: items[0],
    End: items.at(-1),
    Escape: opener,
  };
  const target = targets[event.key];
  if (target) {
    event.preventDefault();
    target.focus();
  }
  if (event.key === 'Escape' || event.key === 'Enter' || event.key === ' ') leaveMenu();
}

function leaveMenu(): void {
  const button = opener;
  requestAnimationFrame(() => {
    button?.focus();
    if (openItems().length > 0 && button?.getAttribute('aria-expanded') === 'true') button.click();
  });
}

/** Enter, space (both handled by Redoc) and the down arrow open a menu; Escape closes it. */
function useButton(event: KeyboardEvent, button: HTMLElement): void {
  const isOpen = button.getAttribute('aria-expanded') === 'true';
  const isArrow = event.key === 'ArrowDown';
  if (isArrow) event.preventDefault();
  if ((isArrow && !isOpen) || (event.key === 'Escape' && isOpen)) button.click();
  if (isArrow || (!isOpen && (event.key === 'Enter' || event.key === ' '))) enterMenu(button);
}

// Runs in the capture phase, before Redoc opens or closes anything.
document.addEventListener(
  'keydown',
  (event) => {
    if (!(event.target instanceof HTMLElement)) return;
    const button = event.target.closest<HTMLElement>(BUTTON);
    const item = event.target.closest<HTMLElement>('[role="menuitem"]');
    if (item) moveInMenu(event, item);
    else if (button) useButton(event, button);
  },
  { capture: true },
);

// Print has a white background, on which the text of the dark theme is hard to see.
const root = document.documentElement.classList;
let wasDark = false;
addEventListener('beforeprint', () => {
  wasDark = root.contains('dark');
  if (wasDark) root.replace('dark', 'light');
});
addEventListener('afterprint', () => {
  if (wasDark) root.replace('light', 'dark');
});
