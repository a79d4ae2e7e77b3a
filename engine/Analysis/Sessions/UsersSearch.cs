namespace MemoryWall.Analysis.Sessions;

/// <summary>The search for the users wall: more users until the limit is missed, then numbers between.</summary>
internal static class UsersSearch
{
    private const int GrowthFactor = 2;

    /// <summary>The number of users to measure next; null where the wall is found, or the largest number meets the limit.</summary>
    /// <param name="wall">The wall by what was measured; null where nothing was.</param>
    /// <param name="from">The number to begin with, 1 or more.</param>
    /// <param name="most">The largest number to try.</param>
    /// <param name="maxTries">How often a number is tried that disagrees with itself or with larger ones.</param>
    public static int? FindNext(UsersWall? wall, int from, int most, int maxTries)
    {
        if (wall is null || wall.Levels.Count == 0)
            return Math.Min(from, most);
        if (wall.Unconfirmed.FirstOrDefault(users => wall.Levels.First(level => level.Users == users).Tries.Count < maxTries) is var again
            and > 0)
            return again;
        if (wall.BeyondUsers is { } beyond)
        {
            var middle = (wall.InsideUsers ?? 0) + (beyond - (wall.InsideUsers ?? 0)) / 2;
            return middle >= 1 && middle < beyond && wall.Levels.All(level => level.Users != middle) ? middle : null;
        }
        // What stays unconfirmed after all tries ends the search: more users would answer another question.
        var largest = wall.Levels[^1].Users;
        // Where no turn tells its time to the first token, more users would tell no more.
        return wall.Levels[^1] is { Met: 0, Missed: 0 } || wall.Unconfirmed.Count > 0 || largest >= most
            ? null
            : (int)Math.Min(most, (long)largest * GrowthFactor);
    }
}
