// What Redoc lacks in the browser: menus by keyboard, as the ARIA pattern for menus has it (they open beside the end of the page, where
// Tab finds them last), and paper that is light.

const BUTTON = '[aria-haspopup="menu"]';

/** The menu that is open, if one is: others are hidden, or not there. */
function openItems(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('[role="menu"] [role="menuitem"]')].filter(
    (item) => item.checkVisibility({ visibilityProperty: true }) && item.getClientRects().length > 0,
  );
}

let opener: HTMLElement | undefined;

/** Redoc opens a menu on the click that follows the key; its items are there some frames later. */
function enterMenu(button: HTMLElement, frames = 30): void {
  opener = button;
  const [first] = openItems();
  if (first) first.focus();
  else if (frames > 0) requestAnimationFrame(() => enterMenu(button, frames - 1));
}

function moveInMenu(event: KeyboardEvent, item: HTMLElement): void {
  const items = openItems();
  const place = items.indexOf(item);
  const targets: Record<string, HTMLElement | undefined> = {
    ArrowDown: items[(place + 1) % items.length],
    ArrowUp: items[(place - 1 + items.length) % items.length],
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

/** Opens with Enter, space (both as Redoc has it) and the down arrow; closes with Escape. */
function useButton(event: KeyboardEvent, button: HTMLElement): void {
  const isOpen = button.getAttribute('aria-expanded') === 'true';
  const isArrow = event.key === 'ArrowDown';
  if (isArrow) event.preventDefault();
  if ((isArrow && !isOpen) || (event.key === 'Escape' && isOpen)) button.click();
  if (isArrow || (!isOpen && (event.key === 'Enter' || event.key === ' '))) enterMenu(button);
}

// While the event is on its way down: Redoc has not yet opened or closed anything.
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

// Paper is light: pale text for a dark ground would be all but invisible on it.
const root = document.documentElement.classList;
let wasDark = false;
addEventListener('beforeprint', () => {
  wasDark = root.contains('dark');
  if (wasDark) root.replace('dark', 'light');
});
addEventListener('afterprint', () => {
  if (wasDark) root.replace('light', 'dark');
});
