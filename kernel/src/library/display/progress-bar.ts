import type {MimeBundle} from '../../display/seam.js';
import {escapeHtml} from './html.js';

/** A bar with a text beside it; `fraction` is from 0 to 1. */
export function progressBar(text: string, fraction: number): MimeBundle {
  const percent = Math.round(100 * Math.min(1, Math.max(0, fraction)));
  return {
    'text/plain': `${percent} % ${text}`,
    'text/html': `<progress max="100" value="${percent}"></progress> ${percent} % ${escapeHtml(text)}`,
  };
}
