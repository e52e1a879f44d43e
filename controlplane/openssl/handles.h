// Owning pointers to the OpenSSL objects we use.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace penstock {

template <auto kFree>
struct OpenSslDeleter {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};

using EvpPkeyHandle = std::unique_ptr<EVP_PKEY, OpenSslDeleter<EVP_PKEY_free>>;
using X509Handle = std::unique_ptr<X509, OpenSslDeleter<X509_free>>;
using SslCtxHandle = std::unique_ptr<SSL_CTX, OpenSslDeleter<SSL_CTX_free>>;
using SslHandle = std::unique_ptr<SSL, OpenSslDeleter<SSL_free>>;
using BioHandle = std::unique_ptr<BIO, OpenSslDeleter<BIO_free>>;

// Takes this thread's oldest OpenSSL error as text and empties the queue; "unknown error" if there
// is none.
std::string take_openssl_error();

}  // namespace penstock
