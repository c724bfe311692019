/** Asks the browser for leave to notify; to be called from a click. */
export async function askToNotify(): Promise<void> {
  if ('Notification' in window && window.Notification.permission === 'default') {
    await window.Notification.requestPermission();
  }
}

/** Tells the person through the desktop when the page is not to be seen. */
export function notifyWhenHidden(title: string, body: string): void {
  if (!document.hidden || !('Notification' in window) || window.Notification.permission !== 'granted') return;
  const notification = new window.Notification(title, {body, tag: 'ingot'});
  notification.onclick = () => window.focus();
}
