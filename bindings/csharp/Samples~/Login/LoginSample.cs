using System;
using System.Threading;
using System.Threading.Tasks;
using Banter;
using UnityEngine;

namespace Banter.Samples
{
    /// <summary>Put it on an object of a scene, run `banterd dev`, and set its address and app id in Project
    /// Settings > Banter. It logs a player in and says what happens.</summary>
    public sealed class LoginSample : MonoBehaviour
    {
        [SerializeField] string user = "alice";

        [Tooltip("Where banterd dev gives tickets away. Your own game asks its own backend.")]
        [SerializeField] string devRest = "http://127.0.0.1:7001";

        readonly CancellationTokenSource ending = new CancellationTokenSource();

        async void Start()
        {
            var client = BanterClient.Default;
            client.LoginStatusChanged += OnStatus;
            client.KickedOffline += OnKicked;
            client.UserSigProvider = new DevTickets(devRest);
            try
            {
                await client.InitAsync(BanterSettings.Load(), ending.Token);
                await client.LoginAsync(user, ending.Token);
                Debug.Log("logged in as " + client.LoginUserId);
            }
            catch (OperationCanceledException) // the scene went
            {
            }
            catch (BanterException e)
            {
                Debug.LogError(e.Advice == Advice.TryAgain ? "try again later: " + e.Message : e.Message);
            }
        }

        void OnDestroy()
        {
            ending.Cancel();
            BanterClient.Default.LoginStatusChanged -= OnStatus;
            BanterClient.Default.KickedOffline -= OnKicked;
        }

        static void OnStatus(LoginStatus status)
        {
            Debug.Log("status " + status);
        }

        // Do not log in again here: two devices that did would push each other off for ever.
        static void OnKicked(Kick kick)
        {
            Debug.LogWarning("logged out: " + kick.Reason);
        }
    }
}
