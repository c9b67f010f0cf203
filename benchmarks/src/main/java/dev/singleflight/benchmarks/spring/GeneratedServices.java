package dev.singleflight.benchmarks.spring;

import dev.singleflight.annotation.SingleFlight;
import java.lang.invoke.MethodHandles;
import org.springframework.asm.AnnotationVisitor;
import org.springframework.asm.ClassWriter;
import org.springframework.asm.MethodVisitor;
import org.springframework.asm.Opcodes;
import org.springframework.asm.Type;

/** Classes of ten methods each, as many as are asked for. */
final class GeneratedServices {

    private static final int METHODS = 10;

    private GeneratedServices() {}

    /** A new class, whose first method is annotated where that is wanted. */
    static Class<?> define(String name, boolean annotated) {
        ClassWriter type = new ClassWriter(ClassWriter.COMPUTE_MAXS);
        String internal = (GeneratedServices.class.getPackageName() + "." + name).replace('.', '/');
        type.visit(Opcodes.V17, Opcodes.ACC_PUBLIC, internal, null, "java/lang/Object", null);
        constructor(type);
        for (int i = 0; i < METHODS; i++) {
            method(type, "find" + i, annotated && i == 0);
        }
        type.visitEnd();
        try {
            return MethodHandles.lookup().defineClass(type.toByteArray());
        } catch (IllegalAccessException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static void constructor(ClassWriter type) {
        MethodVisitor method = type.visitMethod(Opcodes.ACC_PUBLIC, "<init>", "()V", null, null);
        method.visitCode();
        method.visitVarInsn(Opcodes.ALOAD, 0);
        method.visitMethodInsn(Opcodes.INVOKESPECIAL, "java/lang/Object", "<init>", "()V", false);
        method.visitInsn(Opcodes.RETURN);
        method.visitMaxs(0, 0);
        method.visitEnd();
    }

    private static void method(ClassWriter type, String name, boolean annotated) {
        MethodVisitor method =
                type.visitMethod(Opcodes.ACC_PUBLIC, name, "(Ljava/lang/String;)Ljava/lang/Object;", null, null);
        if (annotated) {
            AnnotationVisitor annotation = method.visitAnnotation(Type.getDescriptor(SingleFlight.class), true);
            annotation.visit("key", "#p0");
            annotation.visitEnd();
        }
        method.visitCode();
        method.visitVarInsn(Opcodes.ALOAD, 1);
        method.visitInsn(Opcodes.ARETURN);
        method.visitMaxs(0, 0);
        method.visitEnd();
    }
}
