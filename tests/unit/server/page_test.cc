// The page as it is in the binary.
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <string>

#include "controlplane/http/static_files.h"

namespace penstock {
namespace {

TEST(PageTest, EveryFileHasATypeAnEtagOfItsOwnAndContent) {
  std::set<std::string_view> etags;
  for (const StaticFile& file : page_files()) {
    EXPECT_TRUE(file.path.starts_with("/")) << file.path;
    EXPECT_TRUE(file.content_type.ends_with("; charset=utf-8")) << file.path;
    EXPECT_TRUE(etags.insert(file.etag).second) << file.path;
    EXPECT_FALSE(file.content.empty()) << file.path;
  }
}

TEST(PageTest, RootIsTheIndex) {
  const StaticFile* index = find_static_file(page_files(), "/");
  ASSERT_NE(index, nullptr);
  EXPECT_TRUE(index->content.starts_with("<!doctype html>"));
  EXPECT_EQ(find_static_file(page_files(), "/nothing"), nullptr);
}

TEST(PageTest, JanusLibraryIsTheOfficialOne) {
  const StaticFile* library = find_static_file(page_files(), "/janus.js");
  ASSERT_NE(library, nullptr);
  EXPECT_NE(library->content.find("Copyright (c) 2016 Meetecho"), std::string_view::npos);
  EXPECT_TRUE(library->content.ends_with("export { Janus as default };\n"));
}

// What the page refers to is in the binary, and nothing comes from elsewhere.
TEST(PageTest, ReferencesResolveWithinTheBinary) {
  const std::regex reference(R"re((?:src|href)="([^"#]+)"|from "\./([^"]+)")re");
  for (const StaticFile& file : page_files()) {
    if (file.path == "/adapter.js" || file.path == "/janus.js") continue;
    const std::string text(file.content);
    for (auto match = std::sregex_iterator(text.begin(), text.end(), reference);
         match != std::sregex_iterator(); ++match) {
      const std::string target = "/" + (*match)[1].str() + (*match)[2].str();
      EXPECT_NE(find_static_file(page_files(), target), nullptr) << file.path << ": " << target;
    }
  }
}

}  // namespace
}  // namespace penstock
