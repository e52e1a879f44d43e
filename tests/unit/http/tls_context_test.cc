// What is said about files that are no certificate and key.
#include "controlplane/http/tls_context.h"

#include <gtest/gtest.h>

#include "tests/unit/http/tls_files.h"

namespace penstock {
namespace {

class TlsContextTest : public testing::Test {
 protected:
  std::string error() const {
    const auto loaded = load_tls_context(files_.config(), "signalling");
    return loaded ? "none" : loaded.error();
  }
  std::string of_certificate(const std::string& why) const {
    return "signalling.tls_certificate: " + files_.certificate() + ": " + why;
  }
  std::string of_key(const std::string& why) const {
    return "signalling.tls_key: " + files_.key() + ": " + why;
  }

  TlsFilesForTests files_;
};

TEST_F(TlsContextTest, ACertificateAndItsKeyAreTaken) {
  for (const bool is_rsa : {false, true}) {
    files_.write(test::make_tls_pem({.name = "sfu.example.com", .is_rsa = is_rsa}));
    const auto loaded = load_tls_context(files_.config(), "signalling");
    ASSERT_TRUE(loaded.has_value()) << loaded.error();
    EXPECT_EQ(loaded->host_name, "sfu.example.com");
    EXPECT_TRUE(loaded->validity.starts_with("sfu.example.com, valid until ")) << loaded->validity;
    EXPECT_TRUE(loaded->is_valid_now);
  }
}

TEST_F(TlsContextTest, APatternIsNoNameForLinks) {
  files_.write(test::make_tls_pem({.name = "*.example.com"}));
  EXPECT_EQ(load_tls_context(files_.config(), "signalling")->host_name, "");
}

TEST_F(TlsContextTest, ACertificateThatHasExpiredIsTakenAndSaysSo) {
  files_.write(test::make_tls_pem({.valid_for_seconds = -60}));
  const auto loaded = load_tls_context(files_.config(), "signalling");
  ASSERT_TRUE(loaded.has_value()) << loaded.error();
  EXPECT_FALSE(loaded->is_valid_now);
}

TEST_F(TlsContextTest, AFileThatIsNotThereIsNamed) {
  const auto files = files_.config();
  std::filesystem::remove(files.key);
  EXPECT_EQ(error(), of_key("No such file or directory"));
  std::filesystem::remove(files.certificate);
  EXPECT_EQ(error(), of_certificate("No such file or directory"));
}

TEST_F(TlsContextTest, WhatIsNoFileIsNamed) {
  std::filesystem::remove(files_.key());
  std::filesystem::create_directory(files_.key());
  EXPECT_EQ(error(), of_key("is not a file"));
}

TEST_F(TlsContextTest, WhatCannotBeReadIsNamed) {
  // Who runs the tests as root may read every file; a link that leads to itself nobody can.
  std::filesystem::remove(files_.key());
  std::filesystem::create_symlink(files_.key(), files_.key());
  EXPECT_EQ(error(), of_key("Too many levels of symbolic links"));
}

TEST_F(TlsContextTest, AFileThatIsTooLargeIsNamed) {
  TlsFilesForTests::replace(files_.certificate(), std::string(1024 * 1024 + 1, 'x'));
  EXPECT_EQ(error(), of_certificate("is larger than 1 MiB"));
}

TEST_F(TlsContextTest, WhatIsNotPemIsNamed) {
  const test::TlsPem pem = test::make_tls_pem();
  TlsFilesForTests::replace(files_.certificate(), test::der_of(pem.certificate));
  EXPECT_EQ(error(), of_certificate("there is no certificate in PEM form in it"));
  TlsFilesForTests::replace(files_.certificate(), "");
  EXPECT_EQ(error(), of_certificate("there is no certificate in PEM form in it"));
  TlsFilesForTests::replace(files_.certificate(), pem.key);
  EXPECT_EQ(error(), of_certificate("there is no certificate in PEM form in it"));
  files_.write({pem.certificate, pem.certificate});
  EXPECT_EQ(error(), of_key("there is no private key in PEM form in it"));
}

TEST_F(TlsContextTest, WhatIsDamagedIsNamed) {
  const test::TlsPem pem = test::make_tls_pem();
  std::string damaged = pem.certificate;
  damaged.replace(damaged.size() / 2, 4, "????");
  TlsFilesForTests::replace(files_.certificate(), pem.certificate + damaged);
  EXPECT_TRUE(error().starts_with(of_certificate("certificate 2 is damaged: "))) << error();
  damaged = pem.key;
  damaged.replace(damaged.size() / 2, 4, "????");
  files_.write({pem.certificate, damaged});
  EXPECT_TRUE(error().starts_with(of_key("the key is damaged: "))) << error();
}

TEST_F(TlsContextTest, AnEncryptedKeyIsNamed) {
  const test::TlsPem pem = test::make_tls_pem();
  files_.write({pem.certificate, test::encrypted(pem.key)});
  EXPECT_EQ(error(), of_key("the key is encrypted; decrypt it (openssl pkey -in FILE -out FILE)"));
}

TEST_F(TlsContextTest, AKeyOfAnotherCertificateIsNamed) {
  TlsFilesForTests::replace(files_.key(), test::make_tls_pem().key);
  EXPECT_EQ(error(),
            of_key("the key does not belong to the first certificate of " + files_.certificate()));
}

TEST_F(TlsContextTest, AnotherFileUnderTheSameNameIsAnotherVersion) {
  const std::string before = tls_files_version(files_.config());
  EXPECT_EQ(tls_files_version(files_.config()), before);
  TlsFilesForTests::replace(files_.key(), "other");
  EXPECT_NE(tls_files_version(files_.config()), before);
  std::filesystem::remove(files_.certificate());
  EXPECT_EQ(tls_files_version(files_.config()), "");
}

}  // namespace
}  // namespace penstock
