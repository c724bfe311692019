/** A header field of a table. Its size is counted as RFC 7541, 4.1 says. */
export interface TableEntry {
  readonly name: string;
  readonly value: string;
}

/** Name and value in turn (RFC 7541, appendix A). */
const FIELDS = `
:authority||:method|GET|:method|POST|:path|/|:path|/index.html|:scheme|http|:scheme|https|:status|200|:status|204|
:status|206|:status|304|:status|400|:status|404|:status|500|accept-charset||accept-encoding|gzip, deflate|
accept-language||accept-ranges||accept||access-control-allow-origin||age||allow||authorization||cache-control||
content-disposition||content-encoding||content-language||content-length||content-location||content-range||content-type||
cookie||date||etag||expect||expires||from||host||if-match||if-modified-since||if-none-match||if-range||
if-unmodified-since||last-modified||link||location||max-forwards||proxy-authenticate||proxy-authorization||range||
referer||refresh||retry-after||server||set-cookie||strict-transport-security||transfer-encoding||user-agent||vary||
via||www-authenticate||`
  .replaceAll('\n', '')
  .split('|');

/** The first field has index 1. */
export const STATIC_TABLE: readonly TableEntry[] = Array.from({length: 61}, (_, i) => ({
  name: FIELDS[i * 2] as string,
  value: FIELDS[i * 2 + 1] as string,
}));
