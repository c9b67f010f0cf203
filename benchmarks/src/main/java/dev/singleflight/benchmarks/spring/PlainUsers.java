package dev.singleflight.benchmarks.spring;

/** Without annotations. */
class PlainUsers implements Users {

    static final User FOUND = new User(7L);

    @Override
    public User find(Long id) {
        return FOUND;
    }

    @Override
    public User load(User user) {
        return FOUND;
    }
}
