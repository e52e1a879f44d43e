#include "bench/inprocess/population.h"
#include <cstdio>
#include <cstdlib>
using namespace penstock; using namespace penstock::bench;
int main(int c,char**v){
  std::size_t pubs=atoi(v[1]),subs=atoi(v[2]),workers=atoi(v[3]); auto bytes=(std::uint16_t)atoi(v[4]);
  InProcessConfig cfg; cfg.workers=workers; cfg.pools={.transports=pubs+subs+8,.streams=pubs+8,.subscriptions=pubs*subs+64}; cfg.polling.mode=PollingMode::kSpin;
  auto dp=InProcessDataplane::start(cfg); if(!dp){puts(dp.error().c_str());return 1;}
  { Population pop(**dp,{.publishers=pubs,.receivers=subs,.codec=Codec::kOpus,.payload_bytes=bytes});
  const char*names[]={"receive","unprotect","attribute","project","protect","transmit","control","outside"};
  (*dp)->set_traffic(kSaturated);
  (*dp)->run_for(300*kMillisecond);
  double best=1e9;
  for(int r=0;r<6;++r){
    Duration s0[8];auto cpu0=(*dp)->cpu_time(0);auto f0=(*dp)->stats(0).media_forwarded.get();auto r0=(*dp)->stats(0).media_received.get();
    for(int i=0;i<8;i++)s0[i]=(*dp)->stage_time(0,(Stage)i);
    (*dp)->run_for(400*kMillisecond);
    auto cpu=(*dp)->cpu_time(0)-cpu0;auto f=(*dp)->stats(0).media_forwarded.get()-f0;auto rr=(*dp)->stats(0).media_received.get()-r0;
    printf("fwd %lu rcv %lu cpu %.0f ns/fwd |",f,rr,(double)cpu/f);
    double tot=0;for(int i=0;i<8;i++){double d=(double)((*dp)->stage_time(0,(Stage)i)-s0[i])/f; tot+=d; printf(" %s %.1f",names[i],d);}
    printf(" | all %.1f\n",tot);
  }
  (*dp)->set_traffic(kNoTraffic);(*dp)->run_for(50*kMillisecond);
  for(std::size_t i=0;i<kDropReasonCount;++i){auto d=(*dp)->stats(0).drops[i].get(); if(d)printf("drop %s %lu\n",std::string(to_label((DropReason)i)).c_str(),d);}
  }
  (*dp)->run_for(50*kMillisecond);
}
