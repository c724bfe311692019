import type {Inspection} from '../threads/messages.js';

/** What a front end shows of a name: markdown in a tooltip, plain text beside a completion. */
export function documentationData({signature, documentation}: Inspection): Record<string, string> {
  return {
    'text/plain': documentation === '' ? signature : `${signature}\n\n${plain(documentation)}`,
    'text/markdown': `\`\`\`typescript\n${signature}\n\`\`\`\n\n${documentation}`,
  };
}

/** Code stands as it is, without its fences; tags without their stars. */
function plain(markdown: string): string {
  return markdown
    .replace(/^```\w*\n/gm, '')
    .replace(/^\*(@\w+)\*/gm, '$1')
    .trim();
}
