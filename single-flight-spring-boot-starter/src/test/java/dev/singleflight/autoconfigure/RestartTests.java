package dev.singleflight.autoconfigure;

import org.junit.jupiter.api.Test;

/** The developer tools start an application anew within the JVM: nothing of ours holds the old one's classes. */
class RestartTests {

    @Test
    void theClassesOfTheApplicationBeforeAreGone() throws Exception {
        OwnJvm.run(
                RestartingJvm.class,
                OwnJvm.CLASS_PATH,
                "-XX:SoftRefLRUPolicyMSPerMB=0",
                "-Xmx256m",
                "-Dspring.aop.proxy-target-class=false");
    }
}
