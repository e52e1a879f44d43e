// The length of a call of the Service. Internal.
#pragma once

#include "controlplane/whip/service.h"

namespace penstock::whip {

class Service::Scope {
 public:
  Scope(Service& service, Timestamp now) : service_(service) {
    service_.now_ = now;
    ++service_.calls_;
  }
  ~Scope() {
    if (--service_.calls_ == 0) service_.sessions_.end_of_call(service_.now_);
  }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  Service& service_;
};

}  // namespace penstock::whip
