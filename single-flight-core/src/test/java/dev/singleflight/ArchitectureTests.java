package dev.singleflight;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaModifier.PUBLIC;
import static com.tngtech.archunit.core.domain.JavaModifier.SYNCHRONIZED;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What core may use, what it shows, and what it never does. */
class ArchitectureTests {

    private static final JavaClasses CORE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.singleflight");

    private static final JavaClasses TESTS = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.ONLY_INCLUDE_TESTS)
            .importPackages("dev.singleflight");

    @Test
    void coreStandsOnTheJdkAndJspecifyAlone() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("dev.singleflight..", "java..", "org.jspecify..")
                .check(CORE);
    }

    @Test
    void packagesFormNoCycle() {
        slices().matching("dev.(singleflight..)").should().beFreeOfCycles().check(CORE);
    }

    /** A new name here is a promise to users: it stands in the design first. */
    @Test
    void onlyTheApiIsPublic() {
        assertThat(CORE.stream()
                        .filter(type -> type.getModifiers().contains(PUBLIC))
                        .map(type -> type.getName().replace("dev.singleflight.", "")))
                .containsExactlyInAnyOrder(
                        "Abandoned",
                        "Duplicates",
                        "FlightBatchCall",
                        "FlightCall",
                        "FlightInfo",
                        "FlightInterruptedException",
                        "FlightListener",
                        "FlightRejectedException",
                        "FlightRejectedException$Reason",
                        "FlightResult",
                        "FlightStats",
                        "FlightTimeoutException",
                        "FlightUnavailableException",
                        "GroupConfig",
                        "Overflow",
                        "Role",
                        "SingleFlightException",
                        "SingleFlightGroup",
                        "SingleFlightGroups",
                        "WaitEnd");
    }

    /** Blocks are checkstyle's: class files that hold one name no monitor that this could see. */
    @Test
    void noMethodIsSynchronized() {
        methods().should().notHaveModifier(SYNCHRONIZED).check(CORE);
    }

    @Test
    void nobodySleeps() {
        noClasses().should().callMethodWhere(sleeps()).check(CORE);
        noClasses().should().callMethodWhere(sleeps()).check(TESTS);
    }

    private static DescribedPredicate<JavaMethodCall> sleeps() {
        return describe(
                "it sleeps",
                call -> call.getName().equals("sleep")
                        && (call.getTargetOwner().isAssignableTo(Thread.class)
                                || call.getTargetOwner().isAssignableTo(TimeUnit.class)));
    }
}
