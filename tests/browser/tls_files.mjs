// A certificate and its key in files, self-signed, for servers with TLS.
import { run } from './devices.mjs';

// Makes them anew, under the same names each time.
export function makeTlsFiles(test) {
  const files = { certificate: test.output('certificate.pem'), key: test.output('key.pem') };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '1'];
  run('openssl', 'req', '-x509', ...key, ...names, '-keyout', files.key, '-out', files.certificate);
  return files;
}
