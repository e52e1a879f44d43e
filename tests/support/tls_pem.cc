#include "tests/support/tls_pem.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>

namespace penstock::test {
namespace {

struct FreeOpenSsl {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
};
template <typename T>
using Owned = std::unique_ptr<T, FreeOpenSsl>;

// Whatever `write` writes.
template <typename Write>
std::string text_of(Write write) {
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  if (write(bio.get()) != 1) throw std::runtime_error("OpenSSL does not write");
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

template <typename T, typename Read>
Owned<T> read_pem(const std::string& text, Read read) {
  const Owned<BIO> bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  return Owned<T>(read(bio.get(), nullptr, nullptr, nullptr));
}

}  // namespace

TlsPem make_tls_pem(const TlsPemOptions& options) {
  const Owned<EVP_PKEY> key(options.is_rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256"));
  const Owned<X509> certificate(X509_new());
  X509* x509 = certificate.get();
  X509_set_version(x509, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x509), options.valid_for_seconds);
  X509_set_pubkey(x509, key.get());
  X509_NAME* name = X509_get_subject_name(x509);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(options.name.c_str()), -1, -1,
                             0);
  X509_set_issuer_name(x509, name);
  const Owned<X509_EXTENSION> names(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ("DNS:" + options.name).c_str()));
  X509_add_ext(x509, names.get(), -1);
  if (X509_sign(x509, key.get(), EVP_sha256()) == 0) throw std::runtime_error("no signature");
  return {.certificate = text_of([&](BIO* bio) { return PEM_write_bio_X509(bio, x509); }),
          .key = text_of([&](BIO* bio) {
            return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

std::string encrypted(const std::string& key) {
  const auto read = read_pem<EVP_PKEY>(key, PEM_read_bio_PrivateKey);
  char passphrase[] = "sesame";
  return text_of([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, read.get(), EVP_aes_256_cbc(), passphrase, 6, nullptr,
                                         nullptr);
  });
}

std::string der_of(const std::string& certificate) {
  const auto read = read_pem<X509>(certificate, PEM_read_bio_X509);
  return text_of([&](BIO* bio) { return i2d_X509_bio(bio, read.get()); });
}

}  // namespace penstock::test
