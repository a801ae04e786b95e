// Has this visitor said no? Then nothing is sent at all, not even that they said no: the server learns it from the
// Sec-GPC and DNT headers of the request for the script, and keeps a daily count only. Every further way of saying
// no (an opt-out the visitor asked for) belongs in this one expression.
export const refused = (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl || navigator.doNotTrack == '1'
